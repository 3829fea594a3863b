package dev.tollgate.app.wiring;

import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Factory;
import io.netty.channel.EventLoopGroup;
import jakarta.inject.Named;
import jakarta.inject.Singleton;

/** The event loops of the gateway. */
@Factory
final class Loops {

  /**
   * Connections are accepted by the loops that serve them: a thread of its own would be woken for
   * each, and wake another.
   */
  @Singleton
  @Named("parent")
  @Bean(typed = EventLoopGroup.class)
  EventLoopGroup parent(@Named("default") EventLoopGroup loops) {
    return loops;
  }
}
