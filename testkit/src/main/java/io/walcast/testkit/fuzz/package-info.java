/** Runs fuzz targets: under Jazzer in a child JVM, and without it over inputs that are kept. */
package io.walcast.testkit.fuzz;
