package dev.tollgate.app.wiring;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.Map;
import org.slf4j.Logger;

/**
 * Logs to the standard error output, a JSON object a line, from the level that {@code
 * TOLLGATE_LOG_LEVEL} names on ({@code INFO}). In code, because reading an XML file takes a tenth
 * of the time of a start. {@code -Dlogback.configurationFile} names a file to use in its place.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_NORMAL_PRIORITY)
public final class JsonLogs extends ContextAwareBase implements Configurator {

  private static final Map<String, Level> LEVELS =
      Map.of(
          "com.zaxxer.hikari", Level.WARN,
          "org.flywaydb", Level.WARN,
          "org.flywaydb.core.internal.command.DbMigrate", Level.ERROR,
          "io.fabric8", Level.WARN,
          // what cannot be reached or breaks off is answered, counted, and in the access log; here
          // it would be a stack trace each
          "io.micronaut.http.client.netty.DefaultHttpClient", Level.OFF,
          "io.micronaut.http.server.netty.handler.PipeliningServerHandler", Level.ERROR);

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    if (System.getProperty("logback.configurationFile") != null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    var encoder = new JsonEncoder();
    encoder.setContext(context);
    encoder.setWithFormattedMessage(true);
    encoder.setWithMessage(false);
    encoder.setWithArguments(false);
    encoder.setWithContext(false);
    encoder.setWithSequenceNumber(false);
    encoder.start();
    var appender = new ConsoleAppender<ILoggingEvent>();
    appender.setContext(context);
    appender.setName("json");
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    LEVELS.forEach((name, level) -> context.getLogger(name).setLevel(level));
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.toLevel(System.getenv("TOLLGATE_LOG_LEVEL"), Level.INFO));
    root.addAppender(appender);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }
}
