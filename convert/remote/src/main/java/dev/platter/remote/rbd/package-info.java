/**
 * Disks in a Ceph cluster: RADOS block devices, by Ceph's own client libraries librados and librbd,
 * which must be installed and are loaded once such a disk is named.
 *
 * <p>{@code rbd/librbd.h} and {@code rados/librados.h} say what each call takes. Requests go
 * through librbd's asynchronous calls without callbacks, as many at a time as there are threads
 * that make some, long ones in parts; only the question what is data calls back.
 */
package dev.platter.remote.rbd;
