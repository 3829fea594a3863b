package dev.tollgate.ai.prompt;

import dev.tollgate.ai.TestDatabases;
import dev.tollgate.core.store.Databases;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;

class PromptStoreOnH2Test extends PromptStorePromises {
  @Override
  Databases databases() {
    try {
      return TestDatabases.h2(Files.createTempDirectory("prompts"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
