package dev.tollgate.core.tenancy;

import java.security.SecureRandom;

/** Ids of tenants: {@code t} and 20 random characters of base 32, some 100 bits; never reused. */
public final class TenantIds {

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
  private static final int CHARACTERS = 20;

  private TenantIds() {}

  public static String next() {
    var id = new StringBuilder("t");
    for (int i = 0; i < CHARACTERS; i++) {
      id.append(BASE32.charAt(RANDOM.nextInt(BASE32.length())));
    }
    return id.toString();
  }
}
