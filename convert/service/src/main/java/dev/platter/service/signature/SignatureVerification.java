package dev.platter.service.signature;

import static dev.platter.service.signature.ImageSignature.invalid;

import dev.platter.service.ImportDraft;
import dev.platter.service.ImportException;
import dev.platter.service.ImportException.Reason;
import dev.platter.service.ImportJob;
import dev.platter.service.ImportPlugin;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Verifies the signature of an image that has one, over the bytes that were uploaded; so it stands
 * before all plugins that change them. It watches plain uploads, too. An image that will not be
 * stored as it was uploaded is signed anew with the deployer's key, or refused where there is none:
 * its user's signature would not fit any more.
 *
 * @param certificates where the certificates are
 * @param trust which of them are trusted
 * @param signer signs what was converted; empty: such images are refused
 * @param required whether images without a signature are refused
 */
public record SignatureVerification(
    CertificateSource certificates,
    CertificateTrust trust,
    Optional<ImageSigner> signer,
    boolean required)
    implements ImportPlugin {
  private static final int BUFFER = 1 << 20;

  public SignatureVerification {
    Objects.requireNonNull(certificates);
    Objects.requireNonNull(trust);
    Objects.requireNonNull(signer);
  }

  @Override
  public String name() {
    return "image_signature_verification";
  }

  @Override
  public void run(ImportDraft draft) throws IOException {
    Optional<SignatureCheck> check = checkOf(draft.job());
    if (check.isEmpty()) {
      return;
    }
    if (draft.contentChanged()) {
      throw new ImportException(
          Reason.PLUGIN, name() + " must stand before the plugins that change the image");
    }
    read(draft.content(), check.get());
    check.get().finished();
    draft.onChangedContent(
        new ImportDraft.ChangedContent() {
          @Override
          public void willChange() throws ImportException {
            if (signer.isEmpty()) {
              throw new ImportException(
                  Reason.SIGNATURE,
                  "a signed image must be stored as it is: its signature would not fit any more");
            }
          }

          @Override
          public Map<String, String> propertiesFor(Storage content) throws IOException {
            return signer.orElseThrow().sign(content).toProperties();
          }
        });
  }

  @Override
  public Optional<UploadWatch> watch(ImportJob job) throws IOException {
    return checkOf(job).map(check -> check);
  }

  private Optional<SignatureCheck> checkOf(ImportJob job) throws IOException {
    Optional<ImageSignature> signature = ImageSignature.of(job.properties());
    if (signature.isEmpty()) {
      if (required) {
        throw invalid("the image has no signature, and must have one");
      }
      return Optional.empty();
    }
    String uuid = signature.get().certificateUuid();
    X509Certificate certificate = certificate(uuid, job);
    trust.judge(certificate);
    return Optional.of(new SignatureCheck(signature.get(), certificate.getPublicKey()));
  }

  private X509Certificate certificate(String uuid, ImportJob job) throws ImportException {
    String failure = "Unable to retrieve certificate with ID: " + uuid;
    try {
      return certificates.certificate(uuid, job.requester()).orElseThrow(() -> invalid(failure));
    } catch (ImportException e) {
      throw e;
    } catch (IOException e) {
      throw new ImportException(Reason.SIGNATURE, "Signature verification failed: " + failure, e);
    }
  }

  private static void read(Storage content, SignatureCheck check) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BUFFER, 4096);
      long size = content.size();
      for (long at = 0; at < size; at += BUFFER) {
        MemorySegment part = buffer.asSlice(0, Math.min(BUFFER, size - at));
        content.readFully(at, part);
        check.passed(part.asByteBuffer());
      }
    }
  }
}
