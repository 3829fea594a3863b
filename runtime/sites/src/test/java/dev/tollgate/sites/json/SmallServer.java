package dev.tollgate.sites.json;

import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import java.io.OutputStream;

/** The tool in a process of its own, so that a test can give it little memory. */
final class SmallServer {
  private SmallServer() {}

  /** Prints the port, and ends when its input does. */
  public static void main(String[] arguments) throws Exception {
    try (var server = ApplicationContext.run(EmbeddedServer.class)) {
      System.out.println("port " + server.getPort());
      System.in.transferTo(OutputStream.nullOutputStream());
    }
  }
}
