package dev.tollgate.app.api;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tollgate.core.store.StoreException;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What is said while a store is away. */
@NullUnmarked
class UsageControllerTest {

  @Test
  void aStoreThatIsAwayIsOneLineHoweverOftenItIsAskedFor() {
    var said = new ListAppender<ILoggingEvent>();
    said.start();
    var logger = (Logger) LoggerFactory.getLogger(UsageController.class);
    logger.addAppender(said);
    try {
      var controller = new UsageController(null);
      for (int i = 0; i < 3; i++) {
        var away = new StoreException("the usage of tenant acme cannot be read", null);
        assertThat(controller.unavailable(away).code()).isEqualTo(503);
      }
    } finally {
      logger.detachAppender(said);
    }
    assertThat(said.list)
        .singleElement()
        .satisfies(line -> {
          assertThat(line.getLevel()).isEqualTo(Level.WARN);
          assertThat(line.getFormattedMessage()).contains("the usage of tenant acme");
          assertThat(line.getThrowableProxy()).isNull();
        });
  }
}
