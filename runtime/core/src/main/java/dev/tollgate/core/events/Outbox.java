package dev.tollgate.core.events;

import dev.tollgate.core.events.Delivery.State;
import dev.tollgate.core.store.Databases;
import dev.tollgate.core.store.StoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Events that are to be delivered, in the platform database. All replicas work on it: an event is
 * taken by one of them at a time, for {@link #LEASE}; when that one dies, another takes it later.
 */
public final class Outbox {

  /** How long a replica has for one attempt. */
  public static final Duration LEASE = Duration.ofSeconds(60);

  private static final int LOOK_AT = 256;
  private static final int MAX_ERROR = 256;
  private static final String COLUMNS =
      "SELECT tenant_id, id, type, payload, created, state, attempts, next_attempt, last_attempt,"
          + " last_status, last_error FROM outbox";

  private final Databases databases;

  public Outbox(Databases databases) {
    this.databases = databases;
  }

  /** Keeps an event for delivery; false when it is known already. */
  public boolean put(Event event) {
    try (var connection = databases.platform().getConnection()) {
      return put(connection, event);
    } catch (SQLException e) {
      throw new StoreException(
          "an event of tenant " + event.tenantId() + " was not kept for delivery", e);
    }
  }

  /**
   * The same, in a transaction on the platform database: the event is told when what it tells of is
   * committed, and not otherwise.
   */
  public static boolean put(Connection connection, Event event) throws SQLException {
    try (var insert =
        connection.prepareStatement(
            "INSERT IGNORE INTO outbox (tenant_id, id, type, payload, created, state,"
                + " attempts, next_attempt) VALUES (?, ?, ?, ?, ?, ?, 0, ?)")) {
      insert.setString(1, event.tenantId());
      insert.setString(2, event.id());
      insert.setString(3, event.type());
      insert.setString(4, event.payload());
      insert.setLong(5, event.at().toEpochMilli());
      insert.setString(6, State.PENDING.name());
      insert.setLong(7, event.at().toEpochMilli());
      return insert.executeUpdate() == 1;
    }
  }

  /**
   * Takes events whose time has come, at most one a tenant, so that a receiver that is slow keeps
   * only its own events waiting.
   *
   * @param busy tenants to leave out
   */
  public List<Delivery> take(Instant now, Set<String> busy, int atMost) {
    try (var connection = databases.platform().getConnection()) {
      Set<String> tenants = new HashSet<>(busy);
      List<Delivery> taken = new ArrayList<>();
      for (var due : due(connection, now)) {
        if (taken.size() < atMost
            && !tenants.contains(due.event().tenantId())
            && take(connection, due, now)) {
          tenants.add(due.event().tenantId());
          taken.add(due);
        }
      }
      return taken;
    } catch (SQLException e) {
      throw new StoreException("the outbox cannot be read", e);
    }
  }

  private static List<Delivery> due(Connection connection, Instant now) throws SQLException {
    try (var query =
        connection.prepareStatement(
            COLUMNS + " WHERE state = ? AND next_attempt <= ? ORDER BY next_attempt LIMIT ?")) {
      query.setString(1, State.PENDING.name());
      query.setLong(2, now.toEpochMilli());
      query.setInt(3, LOOK_AT);
      return read(query);
    }
  }

  /** Of replicas that take one event at the same time, one changes the row it has seen. */
  private static boolean take(Connection connection, Delivery seen, Instant now)
      throws SQLException {
    try (var update =
        connection.prepareStatement(
            "UPDATE outbox SET next_attempt = ?, attempts = attempts + 1"
                + " WHERE tenant_id = ? AND id = ? AND state = ? AND attempts = ?"
                + " AND next_attempt <= ?")) {
      update.setLong(1, now.plus(LEASE).toEpochMilli());
      update.setString(2, seen.event().tenantId());
      update.setString(3, seen.event().id());
      update.setString(4, State.PENDING.name());
      update.setInt(5, seen.attempts());
      update.setLong(6, now.toEpochMilli());
      return update.executeUpdate() == 1;
    }
  }

  /** Notes how an attempt ended. */
  public void attempted(
      Event event,
      State state,
      Instant now,
      @Nullable Instant next,
      @Nullable Integer status,
      @Nullable String error) {
    try (var connection = databases.platform().getConnection();
        var update =
            connection.prepareStatement(
                "UPDATE outbox SET state = ?, next_attempt = ?, last_attempt = ?, last_status = ?,"
                    + " last_error = ? WHERE tenant_id = ? AND id = ?")) {
      update.setString(1, state.name());
      update.setLong(2, next == null ? 0 : next.toEpochMilli());
      update.setLong(3, now.toEpochMilli());
      if (status == null) {
        update.setNull(4, Types.INTEGER);
      } else {
        update.setInt(4, status);
      }
      update.setString(5, error == null || error.length() <= MAX_ERROR ? error : cut(error));
      update.setString(6, event.tenantId());
      update.setString(7, event.id());
      update.executeUpdate();
    } catch (SQLException e) {
      throw new StoreException(
          "an attempt to deliver to tenant " + event.tenantId() + " was not noted", e);
    }
  }

  private static String cut(String error) {
    return error.substring(0, MAX_ERROR - 1) + "…";
  }

  /** A tenant's events, the latest first. */
  public List<Delivery> of(String tenantId, int atMost) {
    try (var connection = databases.platform().getConnection();
        var query =
            connection.prepareStatement(
                COLUMNS + " WHERE tenant_id = ? ORDER BY created DESC, id LIMIT ?")) {
      query.setString(1, tenantId);
      query.setInt(2, atMost);
      return read(query);
    } catch (SQLException e) {
      throw new StoreException("the events of tenant " + tenantId + " cannot be read", e);
    }
  }

  /** Deletes what happened before a moment, delivered or not. */
  public int forget(Instant before) {
    try (var connection = databases.platform().getConnection();
        var delete = connection.prepareStatement("DELETE FROM outbox WHERE created < ?")) {
      delete.setLong(1, before.toEpochMilli());
      return delete.executeUpdate();
    } catch (SQLException e) {
      throw new StoreException("old events were not deleted", e);
    }
  }

  private static List<Delivery> read(PreparedStatement query) throws SQLException {
    List<Delivery> deliveries = new ArrayList<>();
    try (var rows = query.executeQuery()) {
      while (rows.next()) {
        var event =
            new Event(
                rows.getString("tenant_id"),
                rows.getString("id"),
                rows.getString("type"),
                Instant.ofEpochMilli(rows.getLong("created")),
                rows.getString("payload"));
        var state = State.valueOf(rows.getString("state"));
        deliveries.add(
            new Delivery(
                event,
                state,
                rows.getInt("attempts"),
                state == State.PENDING ? Instant.ofEpochMilli(rows.getLong("next_attempt")) : null,
                moment(rows, "last_attempt"),
                number(rows, "last_status"),
                rows.getString("last_error")));
      }
    }
    return deliveries;
  }

  private static @Nullable Instant moment(ResultSet rows, String column) throws SQLException {
    var millis = rows.getLong(column);
    return rows.wasNull() ? null : Instant.ofEpochMilli(millis);
  }

  private static @Nullable Integer number(ResultSet rows, String column) throws SQLException {
    var number = rows.getInt(column);
    return rows.wasNull() ? null : number;
  }
}
