package architecture;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.conditions.ArchConditions.be;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Who may know whom. Packages are found, not listed: a new package under {@code musiccorp} is a
 * service, and bound by the rules for services, unless it is named here as something else.
 */
final class ArchitectureTest {

  /** Direct sub-packages of musiccorp that are no service. */
  private static final Set<String> NO_SERVICE = Set.of("contract", "cli", "demo", "bench", "chaos");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("commondata", "musiccorp");

  @Test
  void theKitKnowsNothingOfTheExample() {
    noClasses()
        .that()
        .resideInAPackage("commondata..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("musiccorp..")
        .because("the kit is copied into other projects as it is")
        .check(CLASSES);
  }

  @Test
  void onlyScheduleKnowsQuartz() {
    noClasses()
        .that()
        .resideOutsideOfPackage("commondata.schedule..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.quartz..")
        .because("Quartz is only the clock")
        .check(CLASSES);
  }

  @Test
  void onlyTheCalendarKnowsHolidays() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("commondata.job.BusinessCalendar")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("de.focus_shift..")
        .check(CLASSES);
  }

  @Test
  void theKitKnowsSpringBootInConfigOnly() {
    noClasses()
        .that()
        .resideInAPackage("commondata..")
        .and()
        .resideOutsideOfPackage("commondata.config..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.springframework.boot..", "org.springframework.context..")
        .because("the kit is plain Java and Spring JDBC")
        .check(CLASSES);
  }

  @Test
  void theKitMeasuresInOneRoom() {
    noClasses()
        .that()
        .resideInAPackage("commondata..")
        .and()
        .resideOutsideOfPackages("commondata.measure..", "commondata.config..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.micrometer..")
        .check(CLASSES);
  }

  @Test
  void servicesKnowSpringBootInTheirConfigurationOnly() {
    noClasses()
        .that(areServices())
        .and()
        .haveSimpleNameNotEndingWith("Configuration")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.springframework.boot..")
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  @Test
  void servicesDoNotKnowEachOther() {
    slices()
        .matching("musiccorp.(*)..")
        .that(
            DescribedPredicate.describe(
                "are services", slice -> !NO_SERVICE.contains(slice.getNamePart(1))))
        .should()
        .notDependOnEachOther()
        .allowEmptyShould(true)
        .because("they communicate through common data")
        .check(CLASSES);
  }

  @Test
  void servicesKnowOnlyTheContractOfTheExample() {
    noClasses()
        .that(areServices())
        .should()
        .dependOnClassesThat(
            resideInAPackage("musiccorp..")
                .and(DescribedPredicate.not(areServices()))
                .and(DescribedPredicate.not(resideInAPackage("musiccorp.contract.."))))
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  @Test
  void servicesCallNobody() {
    noClasses()
        .that(areServices())
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                    "java.net.http..",
                    "org.springframework.web.client..",
                    "org.springframework.web.reactive..")
                .or(nameMatching("java\\.net\\.(Socket|ServerSocket|URLConnection)")))
        .allowEmptyShould(true)
        .because("they communicate through common data")
        .check(CLASSES);
  }

  @Test
  void whatAServiceShowsIsUsed() {
    classes()
        .that(areServices())
        .and()
        .areTopLevelClasses()
        .and()
        .arePublic()
        .and()
        .haveSimpleNameNotEndingWith("Configuration")
        .should(be(usedOutsideItsPackage()))
        .allowEmptyShould(true)
        .because("every public type is a promise")
        .check(CLASSES);
  }

  @Test
  void packagesFormNoCycle() {
    slices()
        .matching("(commondata|musiccorp).(*)..")
        .should()
        .beFreeOfCycles()
        // Puts the commands together, wherever they come from.
        .ignoreDependency(nameMatching("musiccorp\\.cli\\.Main"), alwaysTrue())
        .check(CLASSES);
  }

  @Test
  void onlyTheCommandLinePrints() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "musiccorp.cli..", "musiccorp.demo..", "musiccorp.bench..", "musiccorp.chaos..")
        .should(ACCESS_STANDARD_STREAMS)
        .check(CLASSES);
  }

  @Test
  void nobodyLogsPastSlf4j() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.util.logging..", "org.apache.commons.logging..")
        .check(CLASSES);
  }

  @Test
  void nobodyMapsObjectsToTables() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "jakarta.persistence..", "org.hibernate..", "org.springframework.data..")
        .because("the database is the contract")
        .check(CLASSES);
  }

  @Test
  void theKitDoesNotSleep() {
    noClasses()
        .that()
        .resideInAPackage("commondata..")
        // Waits for another process, which gives no other sign.
        .and()
        .resideOutsideOfPackages("commondata.embedded..", "commondata.schedule..")
        .should()
        .callMethod(Thread.class, "sleep", long.class)
        .check(CLASSES);
  }

  @Test
  void classesAreFinalUnlessMadeForInheritance() {
    classes()
        .that()
        .areTopLevelClasses()
        .and()
        .areNotInterfaces()
        .and()
        .doNotHaveModifier(JavaModifier.ABSTRACT)
        .and()
        // Spring makes them, and nobody else.
        .haveSimpleNameNotEndingWith("Configuration")
        .and(DescribedPredicate.not(anExceptionWithHeirs()))
        .should()
        .haveModifier(JavaModifier.FINAL)
        .check(CLASSES);
  }

  @Test
  void findsTheServices() {
    Set<String> services = new TreeSet<>();
    for (JavaClass found : CLASSES) {
      if (areServices().test(found)) {
        services.add(found.getPackageName());
      }
    }

    assertThat(services)
        .as("the rules above would pass on nothing")
        .contains("musiccorp.order", "musiccorp.payment", "musiccorp.warehouse");
  }

  private static DescribedPredicate<JavaClass> areServices() {
    return DescribedPredicate.describe(
        "are in a service",
        found -> {
          String[] parts = found.getPackageName().split("\\.", -1);
          return parts.length > 1 && parts[0].equals("musiccorp") && !NO_SERVICE.contains(parts[1]);
        });
  }

  private static DescribedPredicate<JavaClass> usedOutsideItsPackage() {
    return DescribedPredicate.describe(
        "used outside its package, or by a public type beside it",
        found ->
            found.getDirectDependenciesToSelf().stream()
                .map(use -> use.getOriginClass())
                .anyMatch(
                    user ->
                        !user.getPackageName().equals(found.getPackageName())
                            || (user.getModifiers().contains(JavaModifier.PUBLIC)
                                && !user.equals(found))));
  }

  private static DescribedPredicate<JavaClass> anExceptionWithHeirs() {
    return DescribedPredicate.describe(
        "exceptions with heirs", found -> !found.getSubclasses().isEmpty());
  }
}
