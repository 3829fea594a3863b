package dev.tollgate.crd.view;

import java.time.Duration;

/**
 * What becomes of a backend's answer when the caller has hung up.
 *
 * @param drain whether it is read on, which is cancelled otherwise
 * @param atMost how long it is read on
 */
public record DisconnectView(boolean drain, Duration atMost) {}
