package dev.tollgate.core;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Ports for servers that must be told theirs before they start. */
public final class FreePort {

  private static final Set<Integer> FOUND = ConcurrentHashMap.newKeySet();

  private FreePort() {}

  /** A port that nobody listens on, and that has not been found in this JVM before. */
  public static int find() throws IOException {
    while (true) {
      try (var socket = new ServerSocket(0)) {
        if (FOUND.add(socket.getLocalPort())) {
          return socket.getLocalPort();
        }
      }
    }
  }
}
