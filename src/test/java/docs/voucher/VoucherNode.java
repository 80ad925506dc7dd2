package docs.voucher;

import commondata.config.CommonDataConfiguration;
import commondata.config.NodeName;
import commondata.database.Database;
import commondata.database.ExternalPasswords;
import commondata.database.Migrator;
import commondata.database.Passwords;
import java.nio.file.Path;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.context.support.GenericApplicationContext;

/** A program of its own that runs the voucher service. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import({CommonDataConfiguration.class, VoucherConfiguration.class})
public class VoucherNode {

  private static final int CONNECTIONS_A_LOGIN = 10;

  public static void main(String[] args) {
    start(args[0], new ExternalPasswords(System.getenv()), Path.of("my-services"));
  }

  public static ConfigurableApplicationContext start(
      String url, Passwords passwords, Path services, String... properties) {
    new Migrator(url, "commondata_owner", passwords, Migrator.IN_JAR).withJobs(services).migrate();
    SpringApplication application = new SpringApplication(VoucherNode.class);
    application.addInitializers(
        (GenericApplicationContext context) -> {
          context.registerBean(
              Database.class, () -> new Database(url, passwords, CONNECTIONS_A_LOGIN));
          context.registerBean(NodeName.class, NodeName::ofThisProcess);
        });
    return application.run(properties);
  }
}
