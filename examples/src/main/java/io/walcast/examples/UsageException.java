package io.walcast.examples;

/** The command line asks for something that there is not, or that contradicts itself. */
final class UsageException extends Exception {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
