package dev.platter.image.name;

/** What the user says of the locks on an image's files. */
public enum Locking {
  /** As the command needs them. */
  USUAL,

  /** Nothing is refused to others, who may be writing ({@code -U}). */
  SHARED,

  /** None are taken and none heeded. */
  OFF
}
