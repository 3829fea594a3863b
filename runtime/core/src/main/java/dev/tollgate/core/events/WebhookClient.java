package dev.tollgate.core.events;

import java.net.URI;
import java.util.Map;

/** Sends one webhook and waits for the answer. Called on virtual threads; follows no redirect. */
public interface WebhookClient {

  /**
   * Posts JSON.
   *
   * @return the status of the answer, whose body is not kept
   * @throws Failed when there is none
   */
  int post(URI url, Map<String, String> headers, String body);

  /** There was no answer; the text says why, and may be shown to the tenant. */
  final class Failed extends RuntimeException {
    private static final long serialVersionUID = 1;

    public Failed(String why, Throwable cause) {
      super(why, cause);
    }
  }
}
