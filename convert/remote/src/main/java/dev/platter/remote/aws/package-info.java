/**
 * What the services of Amazon's have in common: settings and credentials, found where Amazon's own
 * tools find them. Its library is loaded only once such a service is named.
 */
package dev.platter.remote.aws;
