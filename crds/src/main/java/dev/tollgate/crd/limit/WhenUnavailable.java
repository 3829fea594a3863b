package dev.tollgate.crd.limit;

/**
 * What a Redis limit does while Redis is away: let all in, let none in, or limit each replica to
 * its share.
 */
public enum WhenUnavailable {
  Open,
  Closed,
  LocalShare
}
