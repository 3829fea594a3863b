package dev.tollgate.app.cli;

import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;

/** Looks at ports before the start, so that one that is not to be had is told in a sentence. */
final class Ports {

  private static final int LAST = 65_535;

  private Ports() {}

  /** A port that is free now. */
  static int free() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /**
   * Returns where a port can be opened; 0 is any that is free.
   *
   * @throws IllegalArgumentException with what to do where it cannot
   */
  static void check(String option, int port) throws IOException {
    if (port < 0 || port > LAST) {
      throw new IllegalArgumentException(
          option + " is " + port + ", and ports are from 0 (any that is free) to " + LAST);
    }
    try (var socket = new ServerSocket(port)) {
    } catch (BindException e) {
      throw new IllegalArgumentException(
          "port "
              + port
              + " cannot be opened ("
              + e.getMessage()
              + "); stop what uses it, or name"
              + " another with "
              + option,
          e);
    }
  }
}
