/**
 * Storages that are made of others: QEMU's filters (blkdebug, quorum, throttle ...), null-co, and
 * the disk of an image as the bytes of another one. What they do is what QEMU documents of its
 * block drivers (docs/devel/blkdebug.rst, docs/throttle.txt, qapi/block-core.json).
 */
package dev.platter.image.node;
