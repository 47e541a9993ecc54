/**
 * What lies in the files of a VMDK: descriptors, headers, directories of grains, markers, each as
 * the specification has it.
 */
package dev.platter.vmdk.format;
