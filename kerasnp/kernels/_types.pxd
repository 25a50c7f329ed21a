# The one fused type: every kernel exists for single and double precision, from one source.
ctypedef fused real:
    float
    double
