package io.walcast.connector;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Holds the arrows of docs/architecture.md within the connector. */
@AnalyzeClasses(
    packages = "io.walcast.connector",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  /** Connect loads both from one plugin, and a user may run either alone. */
  @ArchTest
  static final ArchRule SOURCE_AND_SINK_DO_NOT_KNOW_EACH_OTHER =
      noClasses()
          .that()
          .resideInAPackage("..source..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.walcast.connector.sink..");

  @ArchTest
  static final ArchRule SINK_AND_SOURCE_DO_NOT_KNOW_EACH_OTHER =
      noClasses()
          .that()
          .resideInAPackage("..sink..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.walcast.connector.source..");

  /** Two native copies of SQLite in one process undo each other's locks. */
  @ArchTest
  static final ArchRule NO_SQLITE_LIBRARY_IN_THE_PLUGIN =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.sqlite..", "java.sql..", "io.walcast.testkit..");

  /** The plugin must load in any worker: only the public APIs are there for sure. */
  @ArchTest
  static final ArchRule NOTHING_OF_THE_WORKERS_INSIDES =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.kafka.connect.runtime..", "org.apache.kafka.server..", "kafka..");
}
