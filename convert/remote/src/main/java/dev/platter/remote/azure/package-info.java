/**
 * New page blobs in Azure's stores, by URLs with a shared access signature: pages that hold data
 * are put, several requests at a time, each with its MD5, and what is not whole is deleted again.
 *
 * <p>What the service does is in its reference: Put Blob, Put Page, Set Blob Metadata, Get Blob
 * Properties, Delete Blob. A signature is a secret: it is in no name, message or log.
 */
package dev.platter.remote.azure;
