/** Changes a closed image as a whole: it gets another size by tables that are written anew. */
package dev.platter.qcow2.edit;
