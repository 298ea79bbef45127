; Two beds, a seed for each, and the can is to be back in the shed.
(define (problem two-beds)
  (:domain garden)
  (:objects north-bed south-bed - bed well - tap hut - shed beans peas - seed)
  (:init
    (at well) (lies can north-bed) (lies beans hut) (lies peas hut)
    (path hut well) (path well hut)
    (path well north-bed) (path north-bed well)
    (path well south-bed) (path south-bed well))
  (:goal (and
    (grows beans north-bed) (grows peas south-bed)
    (watered north-bed) (watered south-bed)
    (lies can hut) (not (full can)))))
