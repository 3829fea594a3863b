package dev.tollgate.core.access;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Looks at a request's credentials: an API key or a JSON Web Token. */
public interface Authenticator {

  /**
   * Never blocks. Completes at once for API keys and for tokens whose key is at hand; otherwise
   * when the issuer's keys have been fetched.
   *
   * @param authorization the Authorization header, or null
   * @param address the client's address, for the bucket of bad tokens
   */
  CompletionStage<Authentication> authenticate(@Nullable String authorization, String address);
}
