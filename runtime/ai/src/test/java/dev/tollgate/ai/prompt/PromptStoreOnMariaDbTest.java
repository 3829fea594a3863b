package dev.tollgate.ai.prompt;

import dev.tollgate.ai.TestDatabases;
import dev.tollgate.core.store.Databases;

class PromptStoreOnMariaDbTest extends PromptStorePromises {
  @Override
  Databases databases() {
    return TestDatabases.mariaDb();
  }
}
