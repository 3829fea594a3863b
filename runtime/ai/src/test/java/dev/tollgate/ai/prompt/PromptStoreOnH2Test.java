package dev.tollgate.ai.prompt;

import dev.tollgate.ai.TestDatabases;
import dev.tollgate.core.store.Databases;

class PromptStoreOnH2Test extends PromptStorePromises {
  @Override
  Databases databases() {
    return TestDatabases.h2();
  }
}
