package peers;

import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionTemplate;

/** Starts peers that are made for Spring Boot the way an application would. */
final class SpringContexts {

  private SpringContexts() {}

  /**
   * Starts a context with the data source of the setting's place, a {@link JdbcTemplate}, a {@link
   * TransactionTemplate} and the setting itself.
   *
   * @param properties such as {@code "a.b=c"}
   */
  static ConfigurableApplicationContext start(
      Class<?> configuration, Contestant.Setting setting, List<String> properties) {
    List<String> all = new ArrayList<>(properties);
    // Not the product's application.yaml, which lies on the class path as well.
    all.add("spring.config.name=peers-has-none");
    all.add("spring.jmx.enabled=false");
    return new SpringApplicationBuilder(configuration)
        .web(WebApplicationType.NONE)
        .logStartupInfo(false)
        .registerShutdownHook(false)
        .properties(all.toArray(String[]::new))
        .properties("spring.main.banner-mode=off")
        .initializers(
            context -> {
              GenericApplicationContext beans = (GenericApplicationContext) context;
              beans.registerBean(Contestant.Setting.class, () -> setting);
              beans.registerBean(javax.sql.DataSource.class, () -> setting.place().pool());
            })
        .run();
  }
}
