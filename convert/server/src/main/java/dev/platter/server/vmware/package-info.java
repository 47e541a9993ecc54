/** Images as files in datastores of vSphere. */
package dev.platter.server.vmware;
