/** What is made of the commands' own tables: pages of the manual, and completion for shells. */
package dev.platter.cli.manual;
