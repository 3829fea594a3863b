package dev.tollgate.ai.prompt;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.core.store.StoreException;
import dev.tollgate.crd.resolve.PromptVersionView;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The versions of prompts that were accepted, in the platform database. The first content of a
 * version is kept for ever; of two replicas that bring different ones at once, one is first.
 */
public final class PromptStore {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Supplier<DataSource> platform;
  private final String namespace;

  public PromptStore(Supplier<DataSource> platform, String namespace) {
    this.platform = platform;
    this.namespace = namespace;
  }

  /**
   * Keeps a version, unless there is one already.
   *
   * @return the version that is kept
   * @throws StoreException when the database does not answer
   */
  public PromptVersionView accept(String prompt, PromptVersionView version) {
    try (var connection = platform.get().getConnection()) {
      connection.setAutoCommit(true);
      insert(connection, prompt, version);
      return Objects.requireNonNull(
          kept(connection, prompt, version.version()), "what was just kept is gone");
    } catch (SQLException e) {
      throw new StoreException(
          "version " + version.version() + " of the prompt " + prompt + " was not kept", e);
    }
  }

  /**
   * The version that is kept, or null.
   *
   * @throws StoreException when the database does not answer
   */
  public @Nullable PromptVersionView find(String prompt, int version) {
    try (var connection = platform.get().getConnection()) {
      return kept(connection, prompt, version);
    } catch (SQLException e) {
      throw new StoreException(
          "version " + version + " of the prompt " + prompt + " cannot be read", e);
    }
  }

  private void insert(Connection connection, String prompt, PromptVersionView version)
      throws SQLException {
    try (var insert =
        connection.prepareStatement(
            "INSERT IGNORE INTO prompt_version (namespace, prompt, version, digest, body, accepted)"
                + " VALUES (?, ?, ?, ?, ?, ?)")) {
      insert.setString(1, namespace);
      insert.setString(2, prompt);
      insert.setInt(3, version.version());
      insert.setString(4, version.digest());
      insert.setString(5, JSON.writeValueAsString(version));
      insert.setLong(6, System.currentTimeMillis());
      insert.executeUpdate();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a version of a prompt is always JSON", e);
    }
  }

  private @Nullable PromptVersionView kept(Connection connection, String prompt, int version)
      throws SQLException {
    try (var select =
        connection.prepareStatement(
            "SELECT body FROM prompt_version WHERE namespace = ? AND prompt = ? AND version = ?")) {
      select.setString(1, namespace);
      select.setString(2, prompt);
      select.setInt(3, version);
      try (var row = select.executeQuery()) {
        return row.next() ? JSON.readValue(row.getString(1), PromptVersionView.class) : null;
      }
    } catch (JsonProcessingException e) {
      throw new StoreException(
          "version " + version + " of the prompt " + prompt + " cannot be read", e);
    }
  }
}
