package dev.platter.guest.volume;

/**
 * Which chunk of which member of an array holds a chunk of the array, as md(4) lays them out and
 * device-mapper's raid targets do, too.
 *
 * @param members how many there are, missing ones among them
 * @param copies how many there are of each chunk
 */
record ArrayLayout(int members, int copies, Rule rule) {
  /** The first member whose parity lies where, and the data behind it or around it. */
  private static final int LEFT_ASYMMETRIC = 0;

  private static final int RIGHT_ASYMMETRIC = 1;
  private static final int LEFT_SYMMETRIC = 2;
  private static final int RIGHT_SYMMETRIC = 3;
  private static final int PARITY_FIRST = 4;

  /** The numbers of RAID 5 layouts are those that md writes into its super blocks. */
  static final int PARITY_LAST = 5;

  /** A chunk of a member. */
  record Spot(int member, long row) {}

  /** Where a copy of a chunk is. */
  interface Rule {
    Spot spotAt(long chunk, int copy);
  }

  /** RAID 0 of members that are equally large, and LVM's stripes. */
  static ArrayLayout striped(int members) {
    return new ArrayLayout(
        members, 1, (chunk, _) -> new Spot((int) (chunk % members), chunk / members));
  }

  /** RAID 1: each member has everything. */
  static ArrayLayout mirrored(int members) {
    return new ArrayLayout(members, members, (chunk, copy) -> new Spot(copy, chunk));
  }

  /** RAID 10 whose copies lie beside one another. */
  static ArrayLayout near(int members, int copies) {
    return new ArrayLayout(
        members,
        copies,
        (chunk, copy) -> {
          long place = chunk * copies + copy;
          return new Spot((int) (place % members), place / members);
        });
  }

  /**
   * RAID 10 whose further copies each lie a member and some rows on.
   *
   * @param stride so many rows; 1: stripes and their copies take turns (layout {@code offset})
   */
  static ArrayLayout far(int members, int copies, long stride, boolean takesTurns) {
    return new ArrayLayout(
        members,
        copies,
        (chunk, copy) -> {
          long row = chunk / members * (takesTurns ? copies : 1);
          return new Spot((int) ((chunk % members + copy) % members), row + copy * stride);
        });
  }

  /** Whether {@link #parity} knows the layout. */
  static boolean isParity(int layout) {
    return layout >= LEFT_ASYMMETRIC && layout <= PARITY_LAST;
  }

  /** RAID 5, and 4, whose parity is always on one member. */
  static ArrayLayout parity(int members, int layout) {
    int data = members - 1;
    return new ArrayLayout(
        members,
        1,
        (chunk, _) -> {
          long row = chunk / data;
          int number = (int) (chunk % data);
          int turn = (int) (row % members);
          int parity =
              switch (layout) {
                case LEFT_ASYMMETRIC, LEFT_SYMMETRIC -> data - turn;
                case RIGHT_ASYMMETRIC, RIGHT_SYMMETRIC -> turn;
                case PARITY_FIRST -> 0;
                default -> data;
              };
          boolean isAround = layout == LEFT_SYMMETRIC || layout == RIGHT_SYMMETRIC;
          int member =
              isAround ? (parity + 1 + number) % members : number + (number >= parity ? 1 : 0);
          return new Spot(member, row);
        });
  }
}
