package dev.platter.guest;

/** What starts a machine, and so what a disk must be prepared for. */
public enum Firmware {
  BIOS,
  UEFI
}
