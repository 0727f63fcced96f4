package io.walcast.segment;

import java.util.regex.Pattern;

/**
 * The validated name of one SQLite database: 1 to 200 of letters, digits, {@code .}, {@code _},
 * {@code -}, and {@code /} between parts; no empty part, no part that starts with {@code .}. It
 * maps to a path below a directory and nowhere else.
 *
 * @param name the name
 */
public record Namespace(String name) implements Comparable<Namespace> {

  /** Longest name, in characters. */
  public static final int MAX_LENGTH = 200;

  private static final Pattern VALID =
      Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*");

  private static final Pattern DISTURBING = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}]");

  /**
   * Checks the name.
   *
   * @throws IllegalArgumentException naming what is wrong; use {@link #isValid} to ask first
   */
  public Namespace {
    if (!isValid(name)) {
      throw new IllegalArgumentException("not a namespace: " + printable(name));
    }
  }

  /** Whether a namespace can have this name. */
  public static boolean isValid(String name) {
    return name != null && name.length() <= MAX_LENGTH && VALID.matcher(name).matches();
  }

  /** A hostile name made fit for a log line: quoted, cut, what would disturb the line replaced. */
  public static String printable(String name) {
    if (name == null) {
      return "null";
    }
    String cut = name.length() <= MAX_LENGTH ? name : name.substring(0, MAX_LENGTH) + "…";
    return '"' + DISTURBING.matcher(cut).replaceAll("?") + '"';
  }

  @Override
  public int compareTo(Namespace other) {
    return name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return name;
  }
}
