package musiccorp;

import commondata.config.CommonDataConfiguration;
import commondata.config.NodeHints;
import commondata.config.NodeName;
import commondata.database.Causes;
import commondata.database.Database;
import commondata.event.EventCodec;
import commondata.home.Home;
import commondata.home.SetupException;
import commondata.job.JobCatalog;
import commondata.subscription.Subscription;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationContextException;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Import;

/**
 * A running node: some or all services, the jobs they own, and REST. Any number of nodes may work
 * on one database; the row locks decide who does what.
 */
public final class MusicCorp implements AutoCloseable {

  private final ConfigurableApplicationContext context;

  private MusicCorp(ConfigurableApplicationContext context) {
    this.context = context;
  }

  /**
   * What runs in this node.
   *
   * @param services names; none means all
   * @param address that REST listens on
   * @param port of REST; 0 takes a free one
   * @param jobs those that the services own run here
   * @param hints makes of a hint one whose commands find this database and these jobs
   */
  public record Options(
      List<String> services,
      String address,
      int port,
      JobCatalog jobs,
      UnaryOperator<String> hints) {}

  /**
   * Starts a node on a migrated database; returns when everything runs.
   *
   * @throws IllegalArgumentException if a service is not known
   * @throws SetupException if the port is taken
   */
  public static MusicCorp start(Database database, Home home, Options options) {
    Set<Service> services = services(options.services());
    List<Class<?>> sources = new ArrayList<>(List.of(Application.class));
    services.forEach(service -> service.configuration().ifPresent(sources::add));
    SpringApplication application = new SpringApplication(sources.toArray(new Class<?>[0]));
    application.setWebApplicationType(WebApplicationType.SERVLET);
    application.setRegisterShutdownHook(false);
    application.setLogStartupInfo(false);
    application.addInitializers(
        context -> register(context.getBeanFactory(), database, home, options, services));
    try {
      return new MusicCorp(application.run(arguments(home, options)));
    } catch (ApplicationContextException e) {
      throw taken(e, options);
    }
  }

  /** A taken port is the user's to mend; anything else comes out as it is. */
  private static RuntimeException taken(ApplicationContextException e, Options options) {
    return Causes.first(e, PortInUseException.class).isEmpty()
        ? e
        : new SetupException(
            "Port %d on %s is taken by another program. Stop that one, or choose another with --port."
                .formatted(options.port(), options.address()),
            e);
  }

  /** The subscriptions of all services, with their handlers, as a node would run them. */
  public static List<Subscription> subscriptions(Database database, Home home) {
    try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
      context.getBeanFactory().registerSingleton("database", database);
      context.getBeanFactory().registerSingleton("home", home);
      context.getBeanFactory().registerSingleton("eventCodec", new EventCodec());
      for (Service service : Service.values()) {
        service.configuration().ifPresent(context::register);
      }
      context.refresh();
      return List.copyOf(context.getBeansOfType(Subscription.class).values());
    }
  }

  private static Set<Service> services(List<String> names) {
    Set<Service> services = EnumSet.noneOf(Service.class);
    for (String name : names) {
      services.add(
          Service.named(name)
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "service \"%s\" is not known: choose from %s"
                              .formatted(name, Service.names()))));
    }
    return services.isEmpty() ? EnumSet.allOf(Service.class) : services;
  }

  /** Why it can't start Spring Boot would say at length; the command says it in one sentence. */
  private static String[] arguments(Home home, Options options) {
    return new String[] {
      "--logging.level.org.springframework.boot.diagnostics=off",
      "--logging.level.org.springframework.boot.SpringApplication=off",
      "--server.address=" + options.address(),
      "--server.port=" + options.port(),
      "--logging.file.name=" + home.logs().resolve("node.log"),
      "--management.health.diskspace.path=" + home
    };
  }

  private static void register(
      ConfigurableListableBeanFactory beans,
      Database database,
      Home home,
      Options options,
      Set<Service> services) {
    beans.registerSingleton("database", database);
    beans.registerSingleton("home", home);
    beans.registerSingleton("nodeName", NodeName.ofThisProcess());
    beans.registerSingleton("nodeHints", new NodeHints(options.hints()));
    beans.registerSingleton("jobCatalog", options.jobs());
    beans.registerSingleton("owners", new JobOwners(services));
  }

  /**
   * Starts and stops what a node starts before it reaches for its database, so that Java can write
   * an archive of the classes.
   */
  public static void warmUp() {
    new SpringApplication(Bare.class)
        .run(
            "--server.address=127.0.0.1",
            "--server.port=0",
            "--logging.config=classpath:logback.xml")
        .close();
  }

  /** Names of the subscriptions that it reads. */
  public Set<String> subscriptions() {
    return context.getBeansOfType(Subscription.class).values().stream()
        .map(Subscription::name)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Port that REST listens on. */
  public int port() {
    WebServer server = ((WebServerApplicationContext) context).getWebServer();
    return Objects.requireNonNull(server, "web server").getPort();
  }

  /** Stops polls, jobs and REST, after the transactions under way. */
  @Override
  public void close() {
    context.close();
  }

  /** What is scanned for nothing: every part is named. */
  @SpringBootConfiguration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @Import({CommonDataConfiguration.class, JobConfiguration.class})
  static class Application {}

  /** A node without services. */
  @SpringBootConfiguration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Bare {}
}
