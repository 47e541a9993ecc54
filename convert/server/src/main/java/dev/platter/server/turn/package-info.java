/** Turns for work that projects ask for, so that none of them keeps the others waiting. */
package dev.platter.server.turn;
