package dev.tollgate.crd.model;

/** Personal data that can be recognised in text and masked. */
public enum PersonalData {
  Email,
  Phone,
  CreditCard,
  Iban,
  IpAddress
}
