package dev.tollgate.ai.experiment;

import dev.tollgate.ai.TestDatabases;
import dev.tollgate.core.store.Databases;

class ResultsOnH2Test extends ResultsPromises {
  @Override
  Databases databases() {
    return TestDatabases.h2();
  }
}
