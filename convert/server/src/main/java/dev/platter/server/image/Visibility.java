package dev.platter.server.image;

import java.util.Set;

/** Who sees an image. */
public final class Visibility {
  /** Everybody sees it, in lists too. */
  public static final String PUBLIC = "public";

  /** Everybody may use it who knows its identifier or asks for such images. */
  public static final String COMMUNITY = "community";

  /** The owner sees it, and those whom the owner has made members. */
  public static final String SHARED = "shared";

  /** Only the owner sees it. */
  public static final String PRIVATE = "private";

  /** All of them. */
  public static final Set<String> ALL = Set.of(PUBLIC, COMMUNITY, SHARED, PRIVATE);

  private Visibility() {}
}
