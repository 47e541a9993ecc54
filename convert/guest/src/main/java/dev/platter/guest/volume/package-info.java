/**
 * What fills a volume: file systems by their first bytes, whether their files can be read or not,
 * and what other volumes lie in.
 */
package dev.platter.guest.volume;
