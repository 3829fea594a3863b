package dev.tollgate.crd.limit;

/** The calendar window or refill period of a limit. */
public enum Window {
  Second,
  Minute,
  Hour,
  Day,
  Month
}
