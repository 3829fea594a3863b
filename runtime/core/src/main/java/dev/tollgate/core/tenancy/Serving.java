package dev.tollgate.core.tenancy;

import java.util.function.Consumer;

/** Where the current {@link ServingState} is read. Any thread. */
public interface Serving {

  /** The state to serve now; never blocks. */
  ServingState current();

  /** Calls back after each change, on the thread that made it. */
  void onChange(Consumer<ServingState> listener);
}
