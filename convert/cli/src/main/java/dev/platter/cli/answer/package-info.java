/** What is told of an image and of what its disk holds: for people, and as JSON. */
package dev.platter.cli.answer;
