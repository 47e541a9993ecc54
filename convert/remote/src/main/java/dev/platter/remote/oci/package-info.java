/**
 * Disks in registries of containers (Open Container Initiative, "Distribution Specification" 1.1
 * and "Image Format Specification" 1.1; "Docker Registry HTTP API V2" where registries follow
 * that): read by ranges where they lie, and pushed in order, in one pass. Manifests are checked
 * against their digests, blobs against theirs wherever all of one is read, and by their sizes
 * always.
 *
 * <p>An artifact has the file of a disk as its only layer, as {@code oras} makes them; a
 * containerDisk of KubeVirt's has it in the directory {@code /disk} of a layer. The client is that
 * of {@code dev.platter.remote.http}. Left out: programs that keep credentials, identity tokens,
 * signatures, manifests of schema 1, and mounts of blobs from other repositories.
 */
package dev.platter.remote.oci;
