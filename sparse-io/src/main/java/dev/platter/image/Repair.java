package dev.platter.image;

/** How far a repair goes. */
public enum Repair {
  /** Only what {@link CheckReport#leaks} counts is put right: no guest byte can be lost. */
  LEAKS,
  /** Whatever can be put right, wrong choices being possible where an image contradicts itself. */
  ALL
}
