/* The entry of each function: a jump through the table, whose slots lead to `resolve` at first.
 * The registers that carry arguments are kept over the search; see loader.c. */

#include "names.h"

#define JOIN_(a, b, c) a##b##c
#define JOIN(a, b, c) JOIN_(a, b, c)
#define TABLE JOIN(ivendor_, LIBRARY, _table)
#define RESOLVE JOIN(ivendor_, LIBRARY, _resolve)

    .text
resolve:
    .cfi_startproc
    .cfi_adjust_cfa_offset 8
    push %rdi
    push %rsi
    push %rdx
    push %rcx
    push %r8
    push %r9
    push %rax
    sub $136, %rsp
    .cfi_adjust_cfa_offset 192
    movups %xmm0, (%rsp)
    movups %xmm1, 16(%rsp)
    movups %xmm2, 32(%rsp)
    movups %xmm3, 48(%rsp)
    movups %xmm4, 64(%rsp)
    movups %xmm5, 80(%rsp)
    movups %xmm6, 96(%rsp)
    movups %xmm7, 112(%rsp)
    mov 192(%rsp), %rdi
    call RESOLVE
    mov %rax, %r11
    movups (%rsp), %xmm0
    movups 16(%rsp), %xmm1
    movups 32(%rsp), %xmm2
    movups 48(%rsp), %xmm3
    movups 64(%rsp), %xmm4
    movups 80(%rsp), %xmm5
    movups 96(%rsp), %xmm6
    movups 112(%rsp), %xmm7
    add $136, %rsp
    pop %rax
    pop %r9
    pop %r8
    pop %rcx
    pop %rdx
    pop %rsi
    pop %rdi
    add $8, %rsp
    .cfi_adjust_cfa_offset -200
    jmp *%r11
    .cfi_endproc

    .set count, 0
    .macro function name
    .text
    .globl \name
    .type \name, @function
\name:
    jmp *(TABLE + 8 * count)(%rip)
    .size \name, . - \name
first_\name:
    push $count
    jmp resolve
    .data
    .quad first_\name
    .set count, count + 1
    .endm

    .data
    .balign 8
    .globl TABLE
    .hidden TABLE
TABLE:
#include "functions.inc"

    .section .note.GNU-stack, "", @progbits
