package io.walcast;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/** Holds the arrows of docs/architecture.md: a package uses those below it and no others. */
@AnalyzeClasses(
    packages = "io.walcast",
    importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NotTheTestkit.class})
class ArchitectureTest {

  /** The testkit is on the class path of tests only, but comes as a directory of main classes. */
  static final class NotTheTestkit implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("io/walcast/testkit/");
    }
  }

  @ArchTest static final ArchRule IO = only("io");

  @ArchTest static final ArchRule SQLITE = only("sqlite", "io");

  @ArchTest static final ArchRule SEGMENT = only("segment", "io", "sqlite");

  @ArchTest static final ArchRule STORAGE = only("storage", "io", "sqlite", "segment");

  @ArchTest static final ArchRule TRANSACTION = only("transaction", "io", "sqlite", "segment");

  @ArchTest
  static final ArchRule REGISTRY =
      only("registry", "io", "sqlite", "segment", "storage", "transaction");

  @ArchTest static final ArchRule REPLICATION = onTopOfTheRegistry("replication");

  @ArchTest static final ArchRule CHECKPOINT = onTopOfTheRegistry("checkpoint");

  @ArchTest static final ArchRule CAPTURE = onTopOfTheRegistry("capture");

  @ArchTest
  static final ArchRule NO_CYCLES = slices().matching("io.walcast.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule NOTHING_OF_KAFKA_OR_OF_AN_SQLITE_LIBRARY =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.kafka..", "org.sqlite..", "java.sql..");

  @ArchTest
  static final ArchRule FILES_TIME_AND_CHANCE_COME_THROUGH_IO =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.walcast.io")
          .should()
          .dependOnClassesThat()
          .belongToAnyOf(Files.class, FileChannel.class, Random.class, ThreadLocalRandom.class)
          .orShould()
          .callMethod(Instant.class, "now")
          .orShould()
          .callMethod(UUID.class, "randomUUID")
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(Math.class, "random");

  private static ArchRule onTopOfTheRegistry(String name) {
    return only(name, "io", "sqlite", "segment", "storage", "transaction", "registry");
  }

  private static ArchRule only(String name, String... below) {
    String[] allowed = Arrays.stream(below).map(ArchitectureTest::packages).toArray(String[]::new);
    return classes()
        .that()
        .resideInAPackage(packages(name))
        .should()
        .onlyDependOnClassesThat(
            resideOutsideOfPackage("io.walcast..")
                .or(resideInAnyPackage(packages(name)))
                .or(resideInAnyPackage(allowed)))
        .allowEmptyShould(true);
  }

  private static String packages(String name) {
    return "io.walcast." + name + "..";
  }
}
