package dev.tollgate.core.limits;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RedisCircuitTest {
  private long now = Long.MAX_VALUE - 5; // System.nanoTime may overflow
  private final RedisCircuit circuit = new RedisCircuit(() -> now, 250);

  @Test
  void openLastsFromTheFirstFailureThatOpenedItToTheNextSuccess() {
    fail();
    now += 1_000;
    assertThat(circuit.open()).isTrue();
    assertThat(circuit.openFor(1_000)).isTrue();
    assertThat(circuit.openFor(1_001)).isFalse();
    circuit.failed(now);
    assertThat(circuit.openFor(1_000)).as("another failure begins nothing anew").isTrue();
    assertThat(circuit.succeeded()).isTrue();
    assertThat(circuit.openFor(0)).isFalse();
    now += 1_000;
    fail();
    assertThat(circuit.open()).isTrue();
    assertThat(circuit.openFor(1)).as("the time before the success does not count").isFalse();
  }

  @Test
  void requestsThatFailTogetherAreOneFailure() {
    long began = now;
    now += 50;
    for (int i = 0; i < 20; i++) {
      assertThat(circuit.failed(began)).isFalse();
    }
    assertThat(circuit.open()).as("one moment without an answer").isFalse();
    for (int i = 0; i < 2; i++) {
      began = now;
      now += 50;
      circuit.failed(began);
    }
    assertThat(circuit.open()).as("three, one after the other").isTrue();
  }

  private void fail() {
    for (int i = 0; i < 3; i++) {
      circuit.failed(now);
    }
  }
}
