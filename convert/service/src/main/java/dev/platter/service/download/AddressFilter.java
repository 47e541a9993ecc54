package dev.platter.service.download;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which addresses a download may connect to. Loopback, link-local, private and other addresses that
 * are not the public network's are refused, unless the deployer lists their network. It is asked
 * for each connection, with the address that the connection is made to.
 *
 * @param allowedNetworks networks that are allowed although they are not public
 */
public record AddressFilter(List<Network> allowedNetworks) {
  /** Public addresses only. */
  public static final AddressFilter PUBLIC = new AddressFilter(List.of());

  /**
   * Names that the system would take for a number: {@code 2130706433}, {@code 0x7f.1}, {@code
   * 127.1}.
   */
  private static final Pattern NUMBER = Pattern.compile("(.*\\.)?(0[xX][0-9a-fA-F]*|[0-9]+)\\.?");

  private static final Pattern DOTTED_QUAD =
      Pattern.compile("((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.(?!$)|$)){4}");

  /** What is not public besides what {@link InetAddress} knows. */
  private static final List<Network> NOT_PUBLIC =
      List.of(
          Network.parse("0.0.0.0/8"),
          Network.parse("100.64.0.0/10"),
          Network.parse("192.0.0.0/24"),
          Network.parse("192.0.2.0/24"),
          Network.parse("198.18.0.0/15"),
          Network.parse("198.51.100.0/24"),
          Network.parse("203.0.113.0/24"),
          Network.parse("240.0.0.0/4"),
          Network.parse("::/96"),
          Network.parse("64:ff9b::/96"),
          Network.parse("64:ff9b:1::/48"),
          Network.parse("100::/64"),
          Network.parse("2001::/23"),
          Network.parse("2001:db8::/32"),
          Network.parse("2002::/16"),
          Network.parse("fc00::/7"));

  public AddressFilter {
    allowedNetworks = List.copyOf(allowedNetworks);
  }

  /** The same filter that also allows a network: {@code 10.1.0.0/16}, {@code 127.0.0.1/32}. */
  public AddressFilter allowing(String network) {
    List<Network> more = new java.util.ArrayList<>(allowedNetworks);
    more.add(Network.parse(network));
    return new AddressFilter(more);
  }

  /** Why a host's name must not even be looked up; empty: it may. */
  static Optional<String> refusalOfName(String host) {
    boolean disguised = NUMBER.matcher(host).matches() && !DOTTED_QUAD.matcher(host).matches();
    return disguised
        ? Optional.of("the host '" + host + "' is an address in disguise")
        : Optional.empty();
  }

  /** Why an address must not be connected to; empty: it may. */
  public Optional<String> refusal(InetAddress address) {
    for (Network network : allowedNetworks) {
      if (network.contains(address)) {
        return Optional.empty();
      }
    }
    boolean known =
        address.isLoopbackAddress()
            || address.isLinkLocalAddress()
            || address.isSiteLocalAddress()
            || address.isAnyLocalAddress()
            || address.isMulticastAddress();
    if (known || NOT_PUBLIC.stream().anyMatch(network -> network.contains(address))) {
      return Optional.of("the address " + address.getHostAddress() + " is not a public one");
    }
    return Optional.empty();
  }

  /**
   * A range of addresses.
   *
   * @param address its first address
   * @param prefix how many leading bits all of them share
   */
  public record Network(InetAddress address, int prefix) {
    public Network {
      if (prefix < 0 || prefix > address.getAddress().length * 8) {
        throw new IllegalArgumentException("/" + prefix + " is no prefix of " + address);
      }
    }

    /**
     * Reads {@code ADDRESS/PREFIX}.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static Network parse(String text) {
      int slash = text.indexOf('/');
      String address = slash < 0 ? text : text.substring(0, slash);
      boolean numeric = DOTTED_QUAD.matcher(address).matches() || address.indexOf(':') >= 0;
      if (slash < 0 || !numeric) {
        throw new IllegalArgumentException("'" + text + "' is no network");
      }
      try {
        return new Network(
            InetAddress.getByName(address), Integer.parseInt(text.substring(slash + 1)));
      } catch (UnknownHostException e) {
        throw new IllegalArgumentException("'" + text + "' is no network", e);
      }
    }

    /** Whether an address lies in it. */
    public boolean contains(InetAddress other) {
      byte[] mine = address.getAddress();
      byte[] theirs = other.getAddress();
      if ((address instanceof Inet4Address) != (other instanceof Inet4Address)) {
        return false;
      }
      for (int bit = 0; bit < prefix; bit++) {
        int mask = 0x80 >> (bit % 8);
        if ((mine[bit / 8] & mask) != (theirs[bit / 8] & mask)) {
          return false;
        }
      }
      return true;
    }
  }
}
