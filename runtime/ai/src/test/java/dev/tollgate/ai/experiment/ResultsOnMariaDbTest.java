package dev.tollgate.ai.experiment;

import dev.tollgate.ai.TestDatabases;
import dev.tollgate.core.store.Databases;

class ResultsOnMariaDbTest extends ResultsPromises {
  @Override
  Databases databases() {
    return TestDatabases.mariaDb();
  }
}
