/** What commands make and change: new images with their options, and images edited in place. */
package dev.platter.cli.image;
