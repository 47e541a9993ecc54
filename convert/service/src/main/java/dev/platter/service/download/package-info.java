/**
 * Fetches images from web servers for users who are not trusted: {@link
 * dev.platter.service.download.UriFilter} says which URIs may be fetched, and {@link
 * dev.platter.service.download.WebClient} connects to no address that the filter has not seen.
 */
package dev.platter.service.download;
