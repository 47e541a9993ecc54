/** What those have in common who read and write what lies elsewhere. */
package dev.platter.remote;
