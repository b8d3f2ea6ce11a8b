/* The yardstick of test_orbit_speed.py: the residual map z <- z^3 + (a - 2) z^2 + (1 - 2a) z, written for one machine.

   Horner's rule in the order that symphase uses, so that the states are the same bits (compile with
   -O3 -march=native -ffp-contract=off).  States and coefficients of 8 x KEPT lanes live in registers for the whole run;
   vectors are 512 bits wide where the compiler says that the machine has them, 256 otherwise.
   Coefficients: c1 = 1 - 2a, c2 = a - 2.  Stored states: out[time * stride + lane]. */

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __AVX512F__
#define WIDTH 8
#else
#define WIDTH 4
#endif
#define STATES 16 /* vectors in flight where only states are kept */
#define SLOPES 8  /* and where a product goes with each state */

typedef double vec __attribute__((vector_size(8 * WIDTH), aligned(8), may_alias));
typedef int64_t ivec __attribute__((vector_size(8 * WIDTH), aligned(8), may_alias));
#define INLINE static inline __attribute__((always_inline))

int width(void) { return 64 * WIDTH; }

INLINE vec load(const double *p) { return *(const vec *)p; }
INLINE vec step(vec z, vec c1, vec c2) { return ((z + c2) * z + c1) * z; }

INLINE void diagram_block(const double *c1, const double *c2, double *z, long transient, long keep, double *out,
                          size_t stride, const int k_max, const int around)
{
    vec state[STATES], p[STATES], q[STATES];
    for (int k = 0; k < k_max; k++) {
        state[k] = load(z + k * WIDTH);
        p[k] = load(c1 + k * WIDTH);
        q[k] = load(c2 + k * WIDTH);
    }
    for (long t = 0; t < transient; t++)
        for (int k = 0; k < k_max; k++) state[k] = step(state[k], p[k], q[k]);
    for (long t = 0; t < keep; t++, out += stride)
        for (int k = 0; k < k_max; k++) {
            state[k] = step(state[k], p[k], q[k]);
#ifdef __AVX512F__
            if (around)
                __builtin_ia32_movntpd512(out + k * WIDTH, (double __attribute__((vector_size(64))))state[k]);
            else
#endif
                *(vec *)(out + k * WIDTH) = state[k];
        }
    for (int k = 0; k < k_max; k++) *(vec *)(z + k * WIDTH) = state[k];
}

INLINE void diagram_all(const double *c1, const double *c2, double *z, size_t lanes, long transient, long keep,
                        double *out, size_t stride, const int around)
{
    size_t lane = 0;
    for (; lane + WIDTH * STATES <= lanes; lane += WIDTH * STATES)
        diagram_block(c1 + lane, c2 + lane, z + lane, transient, keep, out + lane, stride, STATES, around);
    for (; lane + WIDTH <= lanes; lane += WIDTH)
        diagram_block(c1 + lane, c2 + lane, z + lane, transient, keep, out + lane, stride, 1, around);
}

/* lanes: a multiple of WIDTH */
void diagram(const double *c1, const double *c2, double *z, size_t lanes, long transient, long keep, double *out,
             size_t stride)
{
    diagram_all(c1, c2, z, lanes, transient, keep, out, stride, 0);
}

/* The same with stores that go around the caches; out aligned to 64 bytes, stride a multiple of 8. */
void diagram_around(const double *c1, const double *c2, double *z, size_t lanes, long transient, long keep, double *out,
                    size_t stride)
{
    diagram_all(c1, c2, z, lanes, transient, keep, out, stride, 1);
}

/* The product of 16 slopes is split into exponent and mantissa; one logarithm at the end. */
INLINE void lyapunov_block(const double *c1, const double *c2, const double *c3, double *z, long steps,
                           double *exponents, const int k_max, const int telescoped)
{
    vec state[SLOPES], p[SLOPES], q[SLOPES], r[SLOPES], product[SLOPES];
    ivec power[SLOPES];
    for (int k = 0; k < k_max; k++) {
        state[k] = load(z + k * WIDTH);
        p[k] = load(c1 + k * WIDTH);
        q[k] = load(c2 + k * WIDTH);
        r[k] = load(c3 + k * WIDTH);
        product[k] = (vec){0} + 1;
        power[k] = (ivec){0};
    }
    for (long done = 0; done < steps; done += 16) {
        long count = steps - done < 16 ? steps - done : 16;
        for (long t = 0; t < count; t++)
            for (int k = 0; k < k_max; k++) {
                if (telescoped)
                    product[k] *= state[k] * -3.0 + p[k];
                else
                    product[k] *= (state[k] * 3.0 + r[k]) * state[k] + p[k]; /* r = 2 (a - 2) */
                state[k] = step(state[k], p[k], q[k]);
            }
        for (int k = 0; k < k_max; k++) {
            ivec word = (ivec)product[k];
            power[k] += ((word >> 52) & 0x7FF) - 1022;
            product[k] = (vec)((word & 0xFFFFFFFFFFFFFL) | (1022L << 52));
        }
    }
    for (int k = 0; k < k_max; k++) {
        *(vec *)(z + k * WIDTH) = state[k];
        for (int i = 0; i < WIDTH; i++)
            exponents[k * WIDTH + i] = (log(product[k][i]) + (double)power[k][i] * 0x1.62e42fefa39efp-1) / (double)steps;
    }
}

INLINE void lyapunov_all(const double *c1, const double *c2, const double *c3, double *z, size_t lanes, long transient,
                         long steps, double *exponents, const int telescoped)
{
    diagram(c1, c2, z, lanes, transient, 0, exponents, 0);
    size_t lane = 0;
    for (; lane + WIDTH * SLOPES <= lanes; lane += WIDTH * SLOPES)
        lyapunov_block(c1 + lane, c2 + lane, c3 + lane, z + lane, steps, exponents + lane, SLOPES, telescoped);
    for (; lane + WIDTH <= lanes; lane += WIDTH)
        lyapunov_block(c1 + lane, c2 + lane, c3 + lane, z + lane, steps, exponents + lane, 1, telescoped);
}

/* From all of f' = (3 z + 2 (a - 2)) z + 1 - 2a */
void lyapunov(const double *c1, const double *c2, const double *c3, double *z, size_t lanes, long transient, long steps,
              double *exponents)
{
    lyapunov_all(c1, c2, c3, z, lanes, transient, steps, exponents, 0);
}

/* From 1 - 2a - 3z alone, without the two end terms */
void lyapunov_telescoped(const double *c1, const double *c2, const double *c3, double *z, size_t lanes, long transient,
                         long steps, double *exponents)
{
    lyapunov_all(c1, c2, c3, z, lanes, transient, steps, exponents, 1);
}
