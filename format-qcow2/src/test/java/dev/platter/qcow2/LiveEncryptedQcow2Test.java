package dev.platter.qcow2;

import dev.platter.image.spi.ImageFormat;
import dev.platter.qcow2.format.Encryption;
import dev.platter.testdata.LiveImageContract;
import dev.platter.testdata.LiveSubject.Kind;
import dev.platter.testdata.UnlockedFormat;
import java.util.stream.Stream;

/** The build tries one kind, {@code -Dlive.kinds=all} the others, too. */
class LiveEncryptedQcow2Test extends LiveImageContract {
  private static final String LUKS =
      "encrypt.format=luks,encrypt.iter-time=1,encrypt.cipher-alg=aes-128,encrypt.cipher-mode=cbc,";

  @Override
  protected ImageFormat format() {
    return new UnlockedFormat(
        new Qcow2Format(),
        options -> options.with(Encryption.KEY_SECRET, "s").with(Passphrase.of("contract")));
  }

  @Override
  protected Stream<Kind> kinds() {
    Stream<Kind> few =
        Stream.of(Kind.of(LUKS + "extended_l2=on,cluster_size=16k").overParent(LUKS));
    Stream<Kind> others =
        Stream.of(
            Kind.of(LUKS),
            Kind.of(LUKS + "cluster_size=512,refcount_bits=1"),
            Kind.of(LUKS + "cluster_size=2M"),
            Kind.of("encrypt.format=aes,compat=0.10,cluster_size=4k")
                .overParent("encrypt.format=aes"),
            Kind.of("encrypt.format=aes,extended_l2=on,cluster_size=32k"));
    return System.getProperty("live.kinds", "few").equals("all") ? Stream.concat(few, others) : few;
  }
}
